# Что приходит в Telegram и в почту. Ни имён, ни слов разговора, от номера две последние цифры.

test-title = zvonar: проверка
test-line = Уведомления доходят.

paused-title = Приостановлено: { $stage }
paused-since = Остановлено: { $at }.
what-to-do = Что сделать:
resumes-itself = Звонки не потеряны. Когда препятствие исчезнет, работа продолжится сама.
resumed-title = Снова работает: { $stage }
stood-for = Простояло { $time }.

budget-near-title = Потрачено больше 80 % бюджета
budget-near-line = Когда бюджет кончится, звонки будут ждать следующего дня.
budget-over-title = Бюджет исчерпан
budget-over-line = Звонки ждут следующего дня. Чтобы не ждать, поднимите предел в настройках.
budget-figures = Потрачено { $spent } из { $limit }.

failures-title = { $count ->
    [one] Не обработан { $shown } звонок
    [few] Не обработаны { $shown } звонка
   *[other] Не обработано { $shown } звонков
 }
failures-line = Причина и повтор: страница «Очередь» или zvonar queue list.

low-title = { $count ->
    [one] Низкая оценка: { $shown } звонок
    [few] Низкие оценки: { $shown } звонка
   *[other] Низкие оценки: { $shown } звонков
 }

waits-title = { $count ->
    [one] Не перезвонили { $shown } клиенту
   *[other] Не перезвонили { $shown } клиентам
 }
waits-line = номер на …{ $ending }, ждёт { $time }

digest-title = Итоги: { $day }
digest-empty = Звонков не было.
digest-calls = { $count ->
    [one] { $shown } звонок, с оценкой { $of }
    [few] { $shown } звонка, с оценкой { $of }
   *[other] { $shown } звонков, с оценкой { $of }
 }
digest-average = Средний балл { $average }
digest-average-beside = Средний балл { $average } ({ $change } к неделе до этого)
digest-missed = { $count ->
    [one] { $shown } пропущенный, не перезвонили: { $of }
   *[other] { $shown } пропущенных, не перезвонили: { $of }
 }
digest-review = Требуют проверки: { $shown }
digest-failed = Не обработаны: { $shown }
digest-spent = Потрачено { $spent }
digest-hear = Послушать в первую очередь

a-call = звонок
and-more = { $count ->
    [one] и ещё { $count }
   *[other] и ещё { $count }
 }
open-queue = Открыть очередь
open-dashboard = Открыть обзор
