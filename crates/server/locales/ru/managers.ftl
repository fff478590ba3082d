# Менеджеры: кому помочь и в чём

managers-title = Менеджеры
managers-note = { $count ->
    [one] { $shown } менеджер, сначала слабые
    [few] { $shown } менеджера, сначала слабые
   *[many] { $shown } менеджеров, сначала слабые
}
managers-col-calls = Звонков
managers-col-missed = Пропущено
managers-empty-title = Менеджеров пока нет
managers-empty-text = Они появятся, когда источник звонков назовёт, кто говорил.
manager-back = Менеджеры
manager-own = Мои показатели
manager-against-all = у всех { $shown }
manager-talk = Говорит сам
manager-talk-norm = норма 40–60
manager-criteria = Критерии
manager-criteria-note = сначала слабые места
manager-col-all = У всех
manager-worst = Разобрать вместе
manager-worst-note = самые низкие баллы
manager-worst-go = Слушать подряд { $shown }
manager-best = Взять за образец
manager-best-note = самые высокие баллы
manager-none-worst = Оценённых звонков за период нет.
manager-disputes = Открытые споры
manager-disputes-none = Открытых споров нет.
manager-dispute-whole = оценка целиком
manager-dispute-call = Звонок
manager-dispute-what = Что оспорено
manager-dispute-why = Почему
manager-dispute-since = Открыт
manager-promises = Обещания
manager-empty-text = Выберите другой период.
manager-best-few = Мало оценённых звонков, чтобы выбирать лучшие.
