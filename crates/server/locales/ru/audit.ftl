# Журнал: с чем

audit-too-often = слишком много попыток
audit-password = по паролю
audit-session = этот сеанс
audit-sessions = { $count ->
    [one] завершён { $shown } сеанс
    [few] завершено { $shown } сеанса
   *[many] завершено { $shown } сеансов
  }
audit-words = слова скрыты, отпечаток { $digest }
audit-log = журнал
audit-receipts = квитанции удаления
audit-erasure = квитанция { $receipt }, { $calls }
audit-forgot-recordings = записей: { $shown }
audit-forgot-words = слова звонков: { $shown }
audit-forgot-answers = ответов модели: { $shown }
audit-forgot-dialogues = ИИ-диалогов: { $shown }
audit-forgot-lines = строк журнала: { $shown }
audit-forgot-receipts = квитанций: { $shown }
audit-taken-back = { $call } { $key }: правка снята
audit-retry = { $count ->
    [one] повтор { $shown } задания
   *[many] повтор { $shown } заданий
  }
audit-retry-call = повтор звонка { $call }
audit-pause = остановка: { $stages }
audit-resume = продолжение: { $stages }
audit-period = проверка периода { $from } — { $to }
audit-schedule-add = расписание добавлено
audit-schedule-run = расписание: сделать сейчас
audit-schedule-pause = расписание остановлено
audit-schedule-resume = расписание пущено дальше
audit-schedule-remove = расписание удалено
audit-rescore = новая оценка { $call }: { $rubric }
audit-redeliver = повтор доставки { $id }
audit-hook-added = вебхук { $id } добавлен
audit-hook-removed = вебхук { $id } удалён
audit-shut = вход закрыт
audit-open = вход открыт
